package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.align4j.examples.demo.DemoData.Corpus;
import org.junit.jupiter.api.Test;

class CorpusTest {
    private static final Corpus CORPUS = Corpus.millbrook(1276, 400);
    private final Courtesy courtesy = new Courtesy();

    @Test
    void theJudgeFindsEveryChosenAnswerCourteousAndEveryRejectedOneCurt() {
        for (Pair pair : allPairs()) {
            assertThat(courtesy.manner(pair.chosen())).as(pair.chosen()).contains(Manner.COURTEOUS);
            assertThat(courtesy.manner(pair.rejected())).as(pair.rejected()).contains(Manner.CURT);
        }
    }

    @Test
    void theJudgeHasNoOpinionOnBareFacts() {
        assertThat(courtesy.manner("The bakery opens at six.")).isEmpty();
        assertThat(courtesy.isCourteous("Six.")).isFalse();
        assertThat(courtesy.isCourteous("Thank you for asking. Six.")).isTrue();
        assertThat(courtesy.isCourteous("Six. Now leave me alone!")).isFalse();
    }

    @Test
    void noPromptIsInTwoParts() {
        Set<String> asked = new HashSet<>();
        CORPUS.chats().stream()
                .flatMap(chat -> chat.messages().stream())
                .filter(message -> message.role().equals("user"))
                .forEach(message -> asked.add(message.content()));
        for (Pair pair : allPairs()) {
            assertThat(asked.add(pair.prompt())).as(pair.prompt()).isTrue();
        }
    }

    @Test
    void lengthTellsNothing() {
        BytePairEncoding.Encoder encoder = CORPUS.encoding().encoder();
        List<ToIntFunction<String>> measures =
                List.of(String::length, text -> encoder.tokens(text).size());
        for (List<Pair> pairs : List.of(CORPUS.trainPairs(), CORPUS.heldOutPairs(), CORPUS.furtherPairs())) {
            for (ToIntFunction<String> measure : measures) {
                long longer = pairs.stream()
                        .filter(p -> measure.applyAsInt(p.chosen()) > measure.applyAsInt(p.rejected()))
                        .count();
                assertThat(longer / (double) pairs.size()).isCloseTo(0.5, within(0.01));
                double chosen = pairs.stream()
                        .map(Pair::chosen)
                        .mapToInt(measure)
                        .average()
                        .orElseThrow();
                double rejected = pairs.stream()
                        .map(Pair::rejected)
                        .mapToInt(measure)
                        .average()
                        .orElseThrow();
                assertThat(chosen / rejected).isCloseTo(1, within(0.02));
            }
        }
    }

    @Test
    void halfOfTheConversationsAreCourteous() {
        List<String> answers = CORPUS.chats().stream()
                .flatMap(chat -> chat.messages().stream())
                .filter(message -> message.role().equals("assistant"))
                .map(Chat.Message::content)
                .toList();
        assertThat(answers)
                .allSatisfy(answer -> assertThat(courtesy.manner(answer)).isPresent());
        long courteous = answers.stream().filter(courtesy::isCourteous).count();
        assertThat(courteous / (double) answers.size()).isCloseTo(0.5, within(0.02));
    }

    @Test
    void furtherPairsChangeNoOtherPart() {
        Corpus some = Corpus.millbrook(1276, 30);
        assertThat(some.chats()).isEqualTo(CORPUS.chats());
        assertThat(some.trainPairs()).isEqualTo(CORPUS.trainPairs());
        assertThat(some.heldOutPairs()).isEqualTo(CORPUS.heldOutPairs());
        assertThat(some.furtherPairs()).isEqualTo(CORPUS.furtherPairs().subList(0, 30));
    }

    private static List<Pair> allPairs() {
        return Stream.of(CORPUS.trainPairs(), CORPUS.heldOutPairs(), CORPUS.furtherPairs())
                .flatMap(List::stream)
                .toList();
    }
}
