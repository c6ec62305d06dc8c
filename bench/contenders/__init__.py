"""The contenders and the judge, each a program that runs in a process of its own."""
