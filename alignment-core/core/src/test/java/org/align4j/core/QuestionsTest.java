package org.align4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A model that is asked by several threads answers them side by side, each as if it were alone. */
class QuestionsTest {
    private static final Path MODEL = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    private static LanguageModel open() {
        return Align4j.model(MODEL).device("cpu").dtype("fp32").open();
    }

    private static Question question(String asked) {
        return Question.of(List.of(Message.of("user", asked)), GenerationSettings.greedy(24));
    }

    @Tag("long")
    @Test
    void threadsAreAnsweredAsIfEachWereAlone() {
        try (LanguageModel model = open()) {
            List<Question> questions = IntStream.range(0, 12)
                    .mapToObj(
                            i -> question("Where is the kite number " + i + "?").withScores(2))
                    .toList();
            List<Generation> alone = questions.stream().map(model::generate).toList();
            List<CompletableFuture<Generation>> together = questions.stream()
                    .map(asked -> CompletableFuture.supplyAsync(() -> model.generate(asked)))
                    .toList();
            for (int i = 0; i < questions.size(); i++) {
                Generation answer = together.get(i).join();
                assertThat(answer.ids()).isEqualTo(alone.get(i).ids());
                assertThat(answer.logProbs()).isEqualTo(alone.get(i).logProbs()).hasSize(answer.ids().length);
                assertThat(answer.usage().answerTokens()).isEqualTo(answer.ids().length);
                assertThat(answer.finished()).isEqualTo(answer.endReason() == EndReason.END);
            }
            assertThat(model.answer("Where is the kite number 3?"))
                    .startsWith(alone.get(3).text());
        }
    }

    @Test
    void aStreamToldPieceByPieceIsTheAnswerAndMayBeCancelled() {
        try (LanguageModel model = open()) {
            List<String> pieces = Collections.synchronizedList(new ArrayList<>());
            Generation whole = model.stream(question("What is a nail made of?"), piece -> pieces.add(piece.text()))
                    .await();
            assertThat(String.join("", pieces)).isEqualTo(whole.text());
            assertThat(pieces).hasSizeGreaterThan(1);
            GenerationSettings endless = new GenerationSettings(400, Sampling.GREEDY, 1, 0, List.of(), true);
            CompletableFuture<Piece> first = new CompletableFuture<>();
            LiveAnswer live = model.stream(
                    Question.of(List.of(Message.of("user", "What is a nail made of?")), endless), piece -> {
                        first.complete(piece);
                    });
            first.join();
            live.cancel();
            assertThat(live.await().endReason()).isIn(EndReason.CANCELLED, EndReason.LENGTH);
            LiveAnswer broken = model.stream(question("What is a nail made of?"), piece -> {
                throw new IllegalStateException("the consumer's own");
            });
            assertThatThrownBy(broken::await).hasMessage("the consumer's own");
        }
    }

    @Test
    void anAdapterAnswersAsItIsAtThatMoment() {
        try (LanguageModel model = open();
                AdaptedModel adapted = model.adapt()) {
            Question asked = question("Where is the kite?");
            assertThat(adapted.generate(asked).ids())
                    .isEqualTo(model.generate(asked).ids());
        }
        LanguageModel closed = open();
        closed.close();
        assertThatThrownBy(() -> closed.generate(question("Where?"))).isInstanceOf(RuntimeException.class);
    }

    @Test
    void modelsOverOneShareItsQueueAndClosingOneEndsItsOwnAnswersOnly() {
        try (LanguageModel model = open();
                AdaptedModel adapted = model.adapt()) {
            AdapterSnapshot snapshot = adapted.snapshot();
            assertThat(snapshot.reader().queue())
                    .isSameAs(adapted.reader().queue())
                    .isSameAs(model.reader().queue());
            Question asked = question("What is a nail made of?");
            Generation alone = model.generate(asked);
            CompletableFuture<Piece> first = new CompletableFuture<>();
            LiveAnswer ofSnapshot = snapshot.stream(
                    Question.of(
                            List.of(Message.of("user", "What is a nail made of?")),
                            new GenerationSettings(400, Sampling.GREEDY, 1, 0, List.of(), true)),
                    first::complete);
            LiveAnswer ofModel = model.stream(asked, piece -> {});
            first.join();
            snapshot.close();
            assertThat(ofSnapshot.await().endReason()).isIn(EndReason.CANCELLED, EndReason.END);
            assertThat(ofModel.await().ids()).isEqualTo(alone.ids());
            assertThat(adapted.generate(asked).ids()).isEqualTo(alone.ids());
            assertThatThrownBy(() -> snapshot.generate(asked)).isInstanceOf(IllegalStateException.class);
        }
    }
}
