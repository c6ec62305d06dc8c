"""The program by the real Pulumi engine, against the local AWS."""
