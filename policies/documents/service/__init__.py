"""A documents API in front of its policy: FastAPI, SQLAlchemy, remit; and an issuer to try it with."""
