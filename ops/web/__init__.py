"""The plain page of `vigil run`: what is open, for whoever is on duty. Stands until the console takes its place."""
