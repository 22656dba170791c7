"""Access token -> Principal: `facts` reads claims by profile, `principal` binds them to a policy set."""
