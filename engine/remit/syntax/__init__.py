"""Text -> Document. The only room that knows lark.

`source` decodes and refuses unsafe characters, `lexer` cuts tokens, `parser` drives lark's tables and
recovers from errors, `slips` says what was most likely meant, `build` makes the nodes of `tree`, and
`render` writes them back as text.
"""
