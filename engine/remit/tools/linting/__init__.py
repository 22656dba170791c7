"""`remit lint`: `command` and its options, `looking` at sets, `telling` what was found, `sarif`."""
