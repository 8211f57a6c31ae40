"""What has happened to a person: from a feed's bytes to a finding."""
