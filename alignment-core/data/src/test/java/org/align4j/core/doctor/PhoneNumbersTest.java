package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.doctor.Secrets.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A telephone number has at most 15 digits (E.164) and here at least 8, so that years, dates and prices are none. */
class PhoneNumbersTest {
    @ParameterizedTest
    @ValueSource(strings = {"+123 4567 8901 2345", "+49 30 1234567", "+1 23 45678", "030 12345678", "(555) 123-4567"})
    void eightToFifteenDigitsAreANumber(String number) {
        assertThat(Secrets.find("Call " + number + " now.")).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo(Kind.PHONE);
            assertThat(found.end() - found.start()).isEqualTo(number.length());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"+123 4567 8901 234 57", "+123 4567 8901 2345 68", "+1 23 4567", "2026-05-01", "1234567"})
    void fewerOrMoreAreNone(String number) {
        assertThat(Secrets.find("Call " + number + " now.")).isEmpty();
    }
}
