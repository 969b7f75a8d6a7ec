package org.align4j.examples.lessons.parts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.AnsweringModel;
import org.align4j.core.Preference;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;

/**
 * Questions of the demo whose answer can be checked by a word: the rarest word that both answers of the pair share and the question doesn't
 * have. Only those count whose word the model says at the start, by its likeliest answer.
 *
 * @param pair the question with its two answers
 * @param key the word that a right answer holds
 */
public record KnownQuestions(Preference pair, String key) {
    private static final int SHORTEST = 3;
    private static final double COMMON = 1 / 40.0;

    /** Finds the questions among some pairs that a model knows the answer of. */
    public static List<KnownQuestions> of(AnsweringModel model, List<Preference> pairs, List<Preference> counted) {
        Map<String, Integer> counts = new HashMap<>();
        counted.forEach(pair -> DemoPairs.words(pair.chosen()).forEach(word -> counts.merge(word, 1, Integer::sum)));
        List<KnownQuestions> asked = new ArrayList<>();
        for (Preference pair : pairs) {
            Set<String> shared = DemoPairs.words(pair.chosen());
            shared.retainAll(DemoPairs.words(pair.rejected()));
            shared.removeAll(DemoPairs.words(DemoPairs.question(pair)));
            shared.removeIf(word -> word.length() < SHORTEST || counts.getOrDefault(word, 0) > COMMON * counted.size());
            shared.stream()
                    .min(Comparator.comparing((String word) -> counts.getOrDefault(word, 0))
                            .thenComparing(word -> word))
                    .ifPresent(key -> asked.add(new KnownQuestions(pair, key)));
        }
        List<List<Message>> prompts =
                asked.stream().map(question -> question.pair.prompt()).toList();
        List<String> answers = model.answers(prompts, GenerationSettings.greedy(DrawnAnswers.LONGEST));
        return IntStream.range(0, asked.size())
                .filter(i -> DemoPairs.words(answers.get(i)).contains(asked.get(i).key))
                .mapToObj(asked::get)
                .toList();
    }

    /** Whether an answer is both courteous by the demo's rule and right. */
    public boolean well(String answer) {
        return DrawnAnswers.courteous(answer) && DemoPairs.words(answer).contains(key);
    }
}
