//! Any bytes as the message of an event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenmeter_fuzz::message::judge;

fuzz_target!(|message: &[u8]| judge(message));
