"""What an editor asks about a policy -> answers, and the server that hands them over.

    text --cutting--> statements --policy--> Policy, findings
    Policy --naming--> every name with what it means
    Policy + place --hovering, completing, renaming, outline, mending--> answers

`server` and `protocol` speak the Language Server Protocol; the others are functions of text and offsets,
and know no editor.
"""
