package org.align4j.serve.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Test;

/** Tokens that projects and keys may use in a minute, by a clock that the test turns. */
class TokenLimitsTest {
    private static final Caller ANNA = new Caller("anna", "red", Set.of());
    private static final Caller BERT = new Caller("bert", "red", Set.of());
    private static final Caller CLEO = new Caller("cleo", "blue", Set.of());

    private final AtomicLong now = new AtomicLong(5);

    private void pass(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }

    private static Refusal refused(TokenLimits limits, Caller caller, long tokens) {
        Refusal refusal = catchThrowableOfType(Refusal.class, () -> limits.reserve(caller, tokens));
        assertThat(refusal.status()).isEqualTo(429);
        assertThat(refusal.code()).isEqualTo("rate_limit_exceeded");
        return refusal;
    }

    @Test
    void whatIsUsedGrowsBackInAMinute() {
        TokenLimits limits = new TokenLimits(600, null, now::get);
        TokenLimits.Reservation first = limits.reserve(ANNA, 400);
        assertThat(first.headers())
                .containsEntry("x-ratelimit-limit-tokens", "600")
                .containsEntry("x-ratelimit-remaining-tokens", "200")
                .containsEntry("x-ratelimit-reset-tokens", "40s");
        Refusal refusal = refused(limits, BERT, 300); // 100 are missing, 10 a second grow
        assertThat(refusal.headers())
                .containsEntry("Retry-After", "10")
                .containsEntry("x-ratelimit-remaining-tokens", "200");
        assertThat(refusal.message()).contains("Limit 600, Used 400, Requested 300", "try again in 10s");
        assertThat(limits.reserve(CLEO, 600).headers()).containsEntry("x-ratelimit-reset-tokens", "1m0s");
        pass(10);
        limits.reserve(BERT, 300);
        pass(120);
        assertThat(limits.reserve(BERT, 1).headers()).containsEntry("x-ratelimit-remaining-tokens", "599");
    }

    @Test
    void whatWasNotNeededComesBackAndWhatWasNeededBeyondIsTaken() {
        TokenLimits limits = new TokenLimits(100, null, now::get);
        limits.reserve(ANNA, 100).used(10);
        limits.reserve(ANNA, 90).used(390); // asked for no limit and took 300 more than it had
        assertThat(refused(limits, ANNA, 1).headers()).containsEntry("Retry-After", "60");
        pass(181);
        limits.reserve(ANNA, 1);
    }

    @Test
    void aRequestLargerThanAMinuteIsLetInWhenAllIsThere() {
        TokenLimits limits = new TokenLimits(100, null, now::get);
        limits.reserve(ANNA, 1);
        refused(limits, ANNA, 5000);
        pass(1);
        limits.reserve(ANNA, 5000).used(80);
        limits.reserve(ANNA, 20);
    }

    @Test
    void aKeyHasALimitBesideItsProjects() {
        TokenLimits limits = new TokenLimits(100, 60, now::get);
        limits.reserve(ANNA, 60);
        assertThat(refused(limits, ANNA, 1).message()).contains("Limit 60");
        limits.reserve(BERT, 40);
        assertThat(refused(limits, BERT, 1).message()).contains("Limit 100");
        limits.reserve(CLEO, 60);
        TokenLimits none = new TokenLimits(null, null, now::get);
        assertThat(none.reserve(ANNA, Long.MAX_VALUE).headers()).isEmpty();
    }
}
