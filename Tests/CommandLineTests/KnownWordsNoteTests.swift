import DiffuseCLI
import Testing

@Suite struct KnownWordsNoteTests {
    private static let known = ["tiger face", "red apple", "red heart", "dog face", "sun", "owl", "pig", "key"]

    @Test(arguments: ["a Tiger", "red APPLE pie", "apples and the apple", "the sun.", "face of a dog", ""])
    func knownThingsAreRenderedWithoutAWord(_ prompt: String) {
        #expect(KnownWordsNote(prompt: prompt, knownPhrases: Self.known) == nil)
    }

    @Test func synonymsAreKnownAndNotListed() {
        #expect(KnownWordsNote(prompt: "a puppy", knownPhrases: Self.known, synonyms: ["puppy", "hound"]) == nil)
        let note = KnownWordsNote(prompt: "a castle", knownPhrases: Self.known, synonyms: ["puppy", "hound"])
        #expect(note?.sentence.contains("and 2 more") == true && note?.sentence.contains("puppy") == false)
    }

    @Test(arguments: ["castle", "red face", "sunset", "tigers"]) func othersAreTold(_ prompt: String) {
        let note = KnownWordsNote(prompt: prompt, knownPhrases: Self.known)
        #expect(note?.sentence.contains("tiger face, red apple") == true)
        #expect(note?.sentence.contains("and 2 more") == true)
        #expect(KnownWordsNote(prompt: prompt, knownPhrases: []) == nil)
    }
}
