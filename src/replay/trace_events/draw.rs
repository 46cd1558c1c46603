//! Draws from a seed: the same on every machine and in every version.

/// The increment of SplitMix64 (Steele, Lea, Flood 2014).
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// The offset basis and prime of FNV-1a, 64 bits.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// A run of numbers that look random.
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    /// The draws that belong to one number of one name under a seed.
    pub(crate) fn new(seed: u64, name: &str, number: u64) -> Self {
        let of_name = name.bytes().fold(FNV_BASIS, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
        });
        Self(mix(mix(seed ^ of_name).wrapping_add(number)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        mix(self.0)
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True once in so many draws.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// Numbers from 0 with weights of their own.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    /// The sum of the weights up to and with each number.
    sums: Vec<u64>,
}

impl Weights {
    /// `count` numbers of which the k-th weighs 1/k: a few of them are met most of the time.
    pub(crate) fn falling(count: u64) -> Self {
        const FIRST: u64 = 1_000_000;
        let weights = (1..=count).map(|rank| FIRST / rank);
        let sums = weights.scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// Draws a number.
    pub(crate) fn pick(&self, draw: &mut Draw) -> u64 {
        let total = self.sums.last().copied().unwrap_or(1);
        let at = draw.below(total);
        let index = self.sums.partition_point(|sum| *sum <= at);
        u64::try_from(index).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
