"""What citizens leave for people: requests for an officer, feedback, complaints, ratings.  Knows no Rasa."""
