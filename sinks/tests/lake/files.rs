//! Data files as readers find them.
