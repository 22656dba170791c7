"""The grammar of remit's policy language: data, read by `remit.syntax`."""
