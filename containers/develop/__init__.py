"""The function that makes a rendition when somebody first asks for its address."""
