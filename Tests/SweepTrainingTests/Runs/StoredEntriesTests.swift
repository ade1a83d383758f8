import SweepTraining
import Testing

@Suite("Stored entries")
struct StoredEntriesTests {
    @Test(
        "short series are stored whole, long ones to the limit, ends included",
        arguments: [2, 3, 10, 999, 1_000, 1_001, 6_000, 1_000_000])
    func places(count: Int) {
        for limit in [2, 3, 10, 1_000] {
            let places = StoredEntries.places(of: count, atMost: limit)
            #expect(places.first == 0 && places.last == count - 1)
            #expect(places.count <= limit)
            #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
            if count <= limit { #expect(places.count == count) }
        }
    }

    @Test("nothing is far from an entry that is stored")
    func gaps() {
        let places = StoredEntries.places(of: 6_000, atMost: 1_000)
        #expect(places.count > 700)
        let gaps = zip(places, places.dropFirst()).map { $1 - $0 }
        #expect((gaps.max() ?? 0) <= 13)
        #expect(places.prefix(50).elementsEqual(0..<50))
    }
}
