"""What the functions share: events, the catalogue and its rules, and the doors to AWS."""
