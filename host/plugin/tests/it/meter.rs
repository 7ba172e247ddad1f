//! What instances use together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use etl_data::Batch;
use etl_plugin::{CallErrorKind, Instance, Limits, MemoryMeter};

use crate::support::{HOSTILE, a_new_instance_works, context, request, rows};

/// A meter with room for so many bytes.
struct Room {
    used: AtomicU64,
    peak: AtomicU64,
    most: u64,
}

impl MemoryMeter for Room {
    fn try_grow(&self, bytes: u64) -> bool {
        let grown = |used: u64| used.checked_add(bytes).filter(|used| *used <= self.most);
        let before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown);
        if let Ok(used) = before {
            self.peak.fetch_max(used + bytes, Ordering::Relaxed);
        }
        before.is_ok()
    }

    fn shrink(&self, bytes: u64) {
        let before = self.used.fetch_sub(bytes, Ordering::Relaxed);
        assert!(before >= bytes, "{bytes} given back of {before}");
    }
}

fn room(most: u64) -> Arc<Room> {
    Arc::new(Room { used: AtomicU64::new(0), peak: AtomicU64::new(0), most })
}

fn bound(room: &Arc<Room>, operation: &str, with: &str) -> Instance {
    let meter: Arc<dyn MemoryMeter> = Arc::<Room>::clone(room);
    let mut instance = HOSTILE.instantiate_metered(operation, &Limits::default(), &meter).unwrap();
    instance.bind(&request(operation, with, &rows()), context()).result.unwrap();
    instance
}

fn used(room: &Room) -> u64 {
    room.used.load(Ordering::Relaxed)
}

#[test]
fn what_is_taken_goes_back() {
    let room = room(1 << 30);
    let mut instances = [bound(&room, "pass", "{}"), bound(&room, "pass", "{}")];
    let idle = used(&room);
    assert!(idle > 1 << 20, "{idle}");
    for instance in &mut instances {
        for _ in 0..10 {
            instance.process(0, Batch::new(rows()), context()).result.unwrap();
        }
    }
    assert_eq!(used(&room), idle, "what came in went out");
    drop(instances);
    assert_eq!(used(&room), 0);
}

/// Handles that are kept count, shared buffers once.
#[test]
fn what_is_kept_counts() {
    let room = room(1 << 30);
    let mut instance = bound(&room, "flood", r#"{"kind": "constant", "count": 2}"#);
    let idle = used(&room);
    instance.process(0, Batch::new(rows()), context()).result.unwrap();
    let kept = used(&room) - idle;
    // Two columns of 16 Mi integers; the estimate of a constant is of 16 bytes a row.
    assert!((256 << 20..(512 << 20) + (16 << 20)).contains(&kept), "{kept}");
    drop(instance);
    assert_eq!(used(&room), 0);
    let mut instance = bound(&room, "flood", r#"{"kind": "handles", "count": 1000}"#);
    instance.process(0, Batch::new(rows()), context()).result.unwrap();
    assert!(used(&room) < idle + (8 << 20), "{}", used(&room));
}

#[test]
fn a_meter_without_room_ends_the_call() {
    let room = room(64 << 20);
    for (operation, with) in [("memory-bomb", "{}"), ("flood", r#"{"kind": "constant", "count": 100}"#)] {
        let mut instance = bound(&room, operation, with);
        let error = instance.process(0, Batch::new(rows()), context()).result.unwrap_err();
        assert!(matches!(error.kind, CallErrorKind::Starved { .. }), "{error}");
        let text = error.to_string();
        let (text, _) = text.split_once("`: ").unwrap();
        assert_eq!(text, format!("hostile/{operation} found no memory left in `process"));
        drop(instance);
        assert_eq!(used(&room), 0);
    }
    assert!(room.peak.load(Ordering::Relaxed) <= 64 << 20);
    a_new_instance_works();
}
