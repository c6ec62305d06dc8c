"""A model of the deployed graph under AWS's limits, and what it finds at scale."""
