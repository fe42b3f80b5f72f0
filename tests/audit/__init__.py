"""`make audit`: does any pinned dependency have a known vulnerability, and was anybody there to ask?"""
