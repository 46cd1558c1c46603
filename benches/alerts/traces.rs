//! The real traces: what calls look like, and how unevenly they come within an hour.

/// One service.
pub(crate) struct Trace {
    /// Input and output tokens of each call.
    pub(crate) calls: Vec<(f32, f32)>,
    /// Calls of each minute by the mean of all minutes.
    pub(crate) minutes: Vec<f64>,
}

const CODE: &[u8] = include_bytes!("../../traces/AzureLLMInferenceTrace_code.csv.zst");
const CHAT: &[u8] = include_bytes!("../../traces/AzureLLMInferenceTrace_conv.csv.zst");

/// Code completion and chat.
pub(crate) fn load() -> [Trace; 2] {
    [CODE, CHAT].map(|packed| {
        let text = String::from_utf8(zstd::decode_all(packed).unwrap()).unwrap();
        parse(&text)
    })
}

fn parse(text: &str) -> Trace {
    let (mut calls, mut counts, mut last) = (Vec::new(), Vec::new(), String::new());
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let minute = &fields[0][..16];
        if minute != last {
            counts.push(0.0);
            last = minute.to_owned();
        }
        *counts.last_mut().unwrap() += 1.0;
        calls.push((
            fields[1].parse().unwrap(),
            fields[2].trim().parse().unwrap(),
        ));
    }
    // The first and the last minute are cut.
    let whole = &counts[1..counts.len() - 1];
    let mean = whole.iter().sum::<f64>() / whole.len() as f64;
    Trace {
        calls,
        minutes: whole.iter().map(|count| count / mean).collect(),
    }
}
