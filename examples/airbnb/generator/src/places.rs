//! Where the listings are: neighbourhoods of New York, the most let first.

pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    /// In units of 1e-5 degrees.
    pub(crate) latitude: i64,
    pub(crate) longitude: i64,
}

const fn place(name: &'static str, group: &'static str, latitude: i64, longitude: i64) -> Place {
    Place { name, group, latitude, longitude }
}

const MANHATTAN: &str = "Manhattan";
const BROOKLYN: &str = "Brooklyn";
const QUEENS: &str = "Queens";
const BRONX: &str = "Bronx";
const STATEN_ISLAND: &str = "Staten Island";

pub(crate) const PLACES: [Place; 64] = [
    place("Bedford-Stuyvesant", BROOKLYN, 4_068_700, -7_394_400),
    place("Williamsburg", BROOKLYN, 4_071_300, -7_395_400),
    place("Harlem", MANHATTAN, 4_081_200, -7_394_600),
    place("Bushwick", BROOKLYN, 4_069_700, -7_392_200),
    place("Hell's Kitchen", MANHATTAN, 4_076_300, -7_399_200),
    place("Upper West Side", MANHATTAN, 4_078_700, -7_397_500),
    place("East Village", MANHATTAN, 4_072_700, -7_398_300),
    place("Upper East Side", MANHATTAN, 4_077_400, -7_395_600),
    place("Crown Heights", BROOKLYN, 4_067_200, -7_394_400),
    place("Midtown", MANHATTAN, 4_075_500, -7_398_000),
    place("Greenpoint", BROOKLYN, 4_072_900, -7_395_100),
    place("East Harlem", MANHATTAN, 4_079_700, -7_394_200),
    place("Chelsea", MANHATTAN, 4_074_600, -7_400_000),
    place("Washington Heights", MANHATTAN, 4_084_200, -7_393_900),
    place("Lower East Side", MANHATTAN, 4_071_700, -7_398_700),
    place("Astoria", QUEENS, 4_076_400, -7_392_000),
    place("West Village", MANHATTAN, 4_073_500, -7_400_400),
    place("Clinton Hill", BROOKLYN, 4_068_600, -7_396_500),
    place("Park Slope", BROOKLYN, 4_067_200, -7_397_900),
    place("Flatbush", BROOKLYN, 4_064_600, -7_396_100),
    place("Long Island City", QUEENS, 4_074_800, -7_393_900),
    place("Financial District", MANHATTAN, 4_070_700, -7_401_000),
    place("Fort Greene", BROOKLYN, 4_069_000, -7_397_400),
    place("Prospect Heights", BROOKLYN, 4_067_700, -7_396_700),
    place("Murray Hill", MANHATTAN, 4_074_700, -7_397_700),
    place("Ridgewood", QUEENS, 4_070_400, -7_390_400),
    place("Kips Bay", MANHATTAN, 4_074_100, -7_397_900),
    place("Morningside Heights", MANHATTAN, 4_080_800, -7_396_300),
    place("Greenwich Village", MANHATTAN, 4_072_900, -7_399_800),
    place("Sunset Park", BROOKLYN, 4_064_800, -7_400_900),
    place("Gramercy", MANHATTAN, 4_073_600, -7_398_400),
    place("Chinatown", MANHATTAN, 4_071_600, -7_399_500),
    place("Sunnyside", QUEENS, 4_074_300, -7_392_200),
    place("Flushing", QUEENS, 4_075_700, -7_382_700),
    place("Gowanus", BROOKLYN, 4_067_600, -7_398_800),
    place("Nolita", MANHATTAN, 4_072_200, -7_399_500),
    place("South Slope", BROOKLYN, 4_066_600, -7_398_700),
    place("Inwood", MANHATTAN, 4_086_600, -7_392_500),
    place("SoHo", MANHATTAN, 4_072_300, -7_400_100),
    place("Carroll Gardens", BROOKLYN, 4_067_900, -7_399_700),
    place("Windsor Terrace", BROOKLYN, 4_065_500, -7_397_800),
    place("Kensington", BROOKLYN, 4_064_300, -7_397_500),
    place("Jackson Heights", QUEENS, 4_075_000, -7_388_200),
    place("Boerum Hill", BROOKLYN, 4_068_600, -7_398_600),
    place("Elmhurst", QUEENS, 4_073_700, -7_387_900),
    place("Theater District", MANHATTAN, 4_076_000, -7_398_600),
    place("Red Hook", BROOKLYN, 4_067_700, -7_400_800),
    place("Bay Ridge", BROOKLYN, 4_063_200, -7_402_500),
    place("Rego Park", QUEENS, 4_072_700, -7_386_300),
    place("Forest Hills", QUEENS, 4_072_000, -7_384_400),
    place("Tribeca", MANHATTAN, 4_071_700, -7_400_900),
    place("Woodside", QUEENS, 4_074_400, -7_390_600),
    place("Mott Haven", BRONX, 4_081_000, -7_392_500),
    place("Kingsbridge", BRONX, 4_088_100, -7_390_500),
    place("Jamaica", QUEENS, 4_068_200, -7_379_000),
    place("Cobble Hill", BROOKLYN, 4_068_700, -7_399_700),
    place("Fordham", BRONX, 4_086_200, -7_389_600),
    place("St. George", STATEN_ISLAND, 4_064_000, -7_408_000),
    place("Highbridge", BRONX, 4_083_700, -7_392_600),
    place("Coney Island", BROOKLYN, 4_057_600, -7_399_400),
    place("Concourse", BRONX, 4_082_800, -7_392_100),
    place("Tompkinsville", STATEN_ISLAND, 4_063_200, -7_408_800),
    place("City Island", BRONX, 4_084_800, -7_378_700),
    place("Stapleton", STATEN_ISLAND, 4_062_700, -7_407_700),
];
