"""What is known about procedures, and how it is found.  Imports no other room of the project.

Kept empty of imports: the dialogue runtime (Python 3.10) imports `knowledge_base.text` alone.
"""
