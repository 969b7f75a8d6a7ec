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

    /** Words that English has in lower case but at the start of a sentence. */
    static final Set<String> OPENERS = Set.of(
            "a", "about", "after", "all", "also", "although", "an", "and", "another", "any", "are", "as", "at", "because",
            "before", "but", "by", "can", "come", "despite", "did", "do", "does", "each", "even", "every", "finally", "first", "for",
            "from", "get", "give", "go", "good", "had", "has", "have", "he", "here", "his", "how", "however", "i", "if", "in", "indeed",
            "instead", "is", "it", "its", "just", "keep", "last", "later", "let", "like", "look", "make", "many", "maybe",
            "meanwhile", "more", "most", "my", "never", "next", "no", "not", "nothing", "now", "of", "on", "once", "one", "only", "or",
            "other", "our", "perhaps", "please", "she", "should", "since", "so", "some", "something", "sometimes", "soon", "still",
            "such", "take", "than", "thank", "that", "the", "their", "then", "there", "therefore", "these", "they", "think",
            "this", "those", "though", "thus", "to", "today", "too", "try", "under", "until", "was", "we", "well", "were", "what",
            "when", "where", "while", "who", "why", "will", "with", "without", "would", "yes", "yet", "you", "your");

    private SentenceWords() {}
}
