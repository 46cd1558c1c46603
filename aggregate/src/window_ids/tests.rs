//! Instants get the ids of their windows.

use super::WindowIds;
use schemas::window::window_start_us;

#[test]
fn each_instant_gets_the_id_of_its_window() {
    let minute_us = 60_000_000;
    // More windows than the cache has slots, visited in an order that collides in it.
    let mut times: Vec<i64> = (0..1_000)
        .flat_map(|step| {
            [
                step * minute_us,
                (step * 128 % 997) * minute_us + 59_999_999,
            ]
        })
        .collect();
    times.extend([-1, -minute_us, -minute_us - 1, 0, 1, 4_102_444_800_000_000]);
    let mut windows = WindowIds::new(60);
    let mut ids = vec![7; 3];
    windows.assign(&times, &mut ids);
    assert_eq!(ids.len(), times.len());
    for (&time, &id) in times.iter().zip(&ids) {
        assert_eq!(
            windows.starts_us()[id as usize],
            window_start_us(time, 60),
            "{time}"
        );
    }
    let mut starts = windows.starts_us().to_vec();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(
        starts.len(),
        windows.starts_us().len(),
        "a window has one id"
    );
}

#[test]
fn a_reset_forgets_every_window() {
    let mut windows = WindowIds::new(900);
    let mut ids = Vec::new();
    windows.assign(&[0, 900_000_000, 1], &mut ids);
    assert_eq!(ids, [0, 1, 0]);
    windows.reset();
    windows.assign(&[900_000_001, 0], &mut ids);
    assert_eq!(ids, [0, 1]);
    assert_eq!(windows.starts_us(), [900_000_000, 0]);
}
