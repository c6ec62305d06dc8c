"""What makes a Debian machine ready to build and run the images: an engine and a base image."""
