package org.align4j.core.task.ifeval.text;

import java.util.Set;

/** Words of English that tell where a sentence ends: abbreviations with a period, and words that often open a sentence. */
final class SentenceWords {
    /** Titles, months, days, states, firms and places; "etc" and "no" end sentences, as Punkt has it. */
    static final Set<String> ABBREVIATIONS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "sen", "rep", "reps", "col", "gen", "messrs", "ph.d",
            "jan", "feb", "aug", "sept", "sep", "oct", "nov", "dec", "mon", "tues", "wed", "fri", "sw", "ft", "vs", "v",
            "calif", "conn", "fla", "ill", "mass", "mich", "minn", "okla", "ore", "tenn", "wash", "wis", "ariz", "colo",
            "ala", "ga", "kan", "ky", "la", "nev", "pa", "va", "vt", "co", "corp", "cos", "inc", "ltd", "bros", "cie", "ave",
            "mt", "lt", "yr", "adm", "maj", "ok", "ct", "cf");

    /** Single letters of which a period says nothing, so that no sentence ends there. */
    static final String INITIALS = "cdefghklmrstvw";

    /** Letters with periods that are none of the newspapers' abbreviations: a sentence ends there. */
    static final Set<String> NO_ABBREVIATIONS = Set.of("e.g", "i.e", "p.s", "p.p.s", "q.e.d", "r.s.v.p");

    /** Words in capitals of which a sentence begins even after an abbreviation or an ellipsis. */
    static final Set<String> OPENERS = Set.of(
            "although", "always", "among", "between", "both", "but", "despite", "does", "even", "finally", "he", "her", "here",
            "him", "however", "i", "if", "in", "indeed", "instead", "into", "it", "many", "meanwhile", "most", "nothing", "please",
            "since", "so", "some", "sometimes", "soon", "still", "such", "thank", "the", "there", "therefore", "these", "they",
            "think", "this", "though", "thus", "try", "under", "were", "when", "while", "without", "yes", "yet", "your");

    /** Other frequent words: they stand in titles and headlines too, so that their capital says nothing there. */
    static final Set<String> FREQUENT = Set.of(
            "a", "about", "after", "again", "against", "all", "also", "an", "and", "another", "any", "are", "around", "as", "at", "away",
            "back", "because", "before", "by", "can", "come", "did", "do", "down", "during", "each", "every", "few", "first", "for",
            "from", "get", "give", "go", "good", "had", "has", "have", "his", "how", "is", "its", "just", "keep", "last", "later", "let",
            "like", "look", "make", "maybe", "more", "my", "never", "next", "no", "not", "now", "of", "on", "once", "one", "only", "or",
            "other", "our", "over", "perhaps", "she", "should", "something", "take", "than", "that", "their", "then", "those", "to",
            "today", "too", "until", "was", "we", "well", "what", "where", "who", "why", "will", "with", "would", "you");

    private SentenceWords() {}
}
