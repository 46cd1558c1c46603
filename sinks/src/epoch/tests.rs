//! Tests of sealing an epoch.
