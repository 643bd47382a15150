"""Plans: what to run, buy and expect next."""
