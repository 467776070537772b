"""What a message said while a procedure is in hand is about: still that one, a neighbour, another, or nothing here.

cues.yml        what tells a procedure's case from its neighbours': lost, expired, foreign, closed down …
neighbours.py   which procedures stand near the one in hand, and what their names add
options.py      the procedures a message may lead to, with the evidence for each
judge.py        how likely each is (a line fitted on examples, judge.json)
fit.py          fits the line on training_data/follow_ups, and measures it by cross-validation
"""
