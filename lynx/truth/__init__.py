"""What was found: pure measures, claims, verdicts and calibration."""
