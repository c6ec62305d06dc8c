"""What the runs against a whole local stack share: pictures, the audit, the report."""
