//! What hosts write: names, titles and house rules, put together from parts.

use fastrand::Rng;

use crate::listing::chance;

const HOSTS: [&str; 48] = [
    "Ada", "Amir", "Anja", "Beatriz", "Benoît", "Bilal", "Carmen", "Chidi", "Clara", "Daan", "Dmitri",
    "Elif", "Enzo", "Farah", "Fiona", "Gita", "Goran", "Hana", "Hugo", "Imani", "Inés", "Ivo", "Jamal",
    "Jürgen", "Kai", "Keiko", "Lars", "Leila", "Mateo", "Mei", "Milan", "Nadia", "Noor", "Ola", "Omar",
    "Petra", "Priya", "Quinn", "Rosa", "Samir", "Sofia", "Søren", "Tara", "Tomás", "Uma", "Viktor", "Wanda",
    "Zoë",
];

const SECOND_HOSTS: [&str; 8] = ["Alex", "Bo", "Chris", "Dee", "Eli", "Fran", "Gio", "Sam"];

const CHARMS: [&str; 24] = [
    "Airy",
    "Beautiful",
    "Bright",
    "Calm",
    "Charming",
    "Clean",
    "Cosy",
    "Elegant",
    "Freshly painted",
    "Large",
    "Lovely",
    "Luxury",
    "Modern",
    "Newly fitted",
    "Peaceful",
    "Private",
    "Quiet",
    "Roomy",
    "Rustic",
    "Simple",
    "Stylish",
    "Sunny",
    "Tidy",
    "Warm",
];

const HOMES: [&str; 20] = [
    "1BR apt",
    "2 bedroom flat",
    "artist's loft",
    "basement suite",
    "brownstone floor",
    "corner room",
    "duplex with terrace",
    "family home",
    "garden flat",
    "guest room",
    "hideaway",
    "one-bed with balcony",
    "penthouse",
    "railroad apartment",
    "room, own bath",
    "rooftop studio",
    "studio",
    "top-floor bedroom",
    "townhouse room",
    "walk-up",
];

const DRAWS: [&str; 12] = [
    "near the park",
    "by the subway",
    "with a view",
    "for two",
    "steps from the train",
    "& a piano",
    "with washer, dryer",
    "next to the café",
    "all to yourself",
    "10 min to Manhattan",
    "on a leafy block",
    "with fast Wi-Fi",
];

const FOREIGN: [&str; 6] = [
    "Апартаменты в центре",
    "纽约温馨公寓",
    "Chambre chaleureuse près du métro",
    "Schönes Zimmer für zwei ✨",
    "햇살 가득한 방",
    "Habitación tranquila, baño propio",
];

const RULES: [&str; 10] = [
    "Please do not",
    "We kindly ask you not to",
    "Guests may not",
    "It is not allowed to",
    "Do not",
    "The neighbours ask you never to",
    "Our lease forbids us to",
    "Out of respect for others, don't",
    "You will lose the deposit if you",
    "Nobody may",
];

const DEEDS: [&str; 24] = [
    "smoke",
    "bring pets",
    "hold parties",
    "wear shoes",
    "play loud music",
    "move the furniture",
    "leave the windows open",
    "invite more guests than you booked for",
    "cook strongly smelling food",
    "use the fireplace",
    "leave dishes in the sink",
    "go on the roof",
    "lock the bathroom from both sides",
    "hang laundry out",
    "touch the thermostat",
    "take the good towels to the beach",
    "leave candles unattended",
    "feed the cat",
    "use the third bedroom",
    "prop the street door open",
    "charge scooters",
    "slam the gate",
    "water the plants",
    "print photographs",
];

const WHERE: [&str; 16] = [
    "in the flat",
    "in the hallway",
    "after 10pm",
    "before 8am",
    "on weekdays",
    "on the fire escape",
    "in the shared kitchen",
    "at any time",
    "unless we have agreed on it",
    "in the garden",
    "while other guests sleep",
    "without asking first",
    "in the living room",
    "on the stairs",
    "under any circumstances",
    "when it rains",
];

const REMARKS: [&str; 20] = [
    "Check-in is from 3pm, check-out by 11am.",
    "Quiet hours are from 10pm to 7am.",
    "Treat the place as if it were your own.",
    "The bins are emptied on Tuesdays and Fridays.",
    "Lost keys cost $75.",
    "Late check-out is $20 an hour, if we can arrange it.",
    "Take off your shoes, please; slippers are by the door.",
    "We live upstairs and are glad to help.",
    "The building has a lift, but it is slow.",
    "Wi-Fi is fast enough for video calls.",
    "Please strip the bed when you leave.",
    "There is a cat. She is friendly, mostly.",
    "Extra guests are $25 each per night.",
    "Turn off lights, fans and the heater when you go out.",
    "The deposit is returned within 7 days.",
    "Long stays are welcome; ask about the rate.",
    "Street parking is free on Sundays.",
    "We don’t mind children – we have three.",
    "A crib & a high chair can be had.",
    "Enjoy the city!",
];

const SHORT_RULES: [&str; 12] = [
    "No smoking",
    "No smoking, no pets",
    "Be kind",
    "Shoes off",
    "Quiet please",
    "#NAME?",
    "none",
    "No parties",
    "Respect the neighbours",
    "- No smoking - No pets - No parties",
    "Have fun!",
    "Leave it as you found it",
];

/// The host's first name, or those of two.
pub(crate) fn host_name(rng: &mut Rng) -> String {
    let host = one_of(rng, &HOSTS);
    if chance(rng, 120_000) { format!("{host} & {}", one_of(rng, &SECOND_HOSTS)) } else { host.to_owned() }
}

/// A listing's title.
pub(crate) fn name(rng: &mut Rng, place: &str) -> String {
    let (charm, home, draw) = (one_of(rng, &CHARMS), one_of(rng, &HOMES), one_of(rng, &DRAWS));
    match rng.u32(..1_000) {
        0..2 => format!("{charm} {home}:\n{draw}"),
        2..6 => format!("\"{charm}\" {home} in {place}"),
        6..18 => format!("{}, {place}", one_of(rng, &FOREIGN)),
        18..300 => format!("{charm} {home} {draw}"),
        300..420 => format!("{charm}, {} {home}", one_of(rng, &CHARMS).to_lowercase()),
        420..560 => format!("{place}: {} {home}", charm.to_lowercase()),
        _ => format!("{charm} {home} in {place}"),
    }
}

/// A third have none, some a few words, most a few sentences; as in the real file, a thousand characters
/// is the most.
pub(crate) fn house_rules(rng: &mut Rng) -> Option<String> {
    const LENGTH_MAX: usize = 1_000;
    let length = match rng.u32(..1_000) {
        0..335 => return None,
        335..480 => return Some(one_of(rng, &SHORT_RULES).to_owned()),
        480..930 => rng.usize(40..520),
        _ => LENGTH_MAX,
    };
    let separator = if chance(rng, 30_000) { "\n" } else { " " };
    let mut rules = String::with_capacity(length + 100);
    while rules.len() < length {
        if !rules.is_empty() {
            rules.push_str(separator);
        }
        sentence(rng, &mut rules);
    }
    if rules.len() > LENGTH_MAX {
        rules.truncate(rules.floor_char_boundary(LENGTH_MAX));
    }
    Some(rules)
}

fn sentence(rng: &mut Rng, rules: &mut String) {
    match rng.u32(..100) {
        0..60 => {
            for part in [one_of(rng, &RULES), " ", one_of(rng, &DEEDS), " ", one_of(rng, &WHERE), "."] {
                rules.push_str(part);
            }
        }
        60..61 => {
            for part in ["\"", one_of(rng, &RULES), " ", one_of(rng, &DEEDS), "\" is what the house says."] {
                rules.push_str(part);
            }
        }
        _ => rules.push_str(one_of(rng, &REMARKS)),
    }
}

fn one_of(rng: &mut Rng, words: &[&'static str]) -> &'static str {
    words[rng.usize(..words.len())]
}
