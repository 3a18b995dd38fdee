//! Every decision of the gateway. Pure: time and randomness are arguments, facts come in plain.
