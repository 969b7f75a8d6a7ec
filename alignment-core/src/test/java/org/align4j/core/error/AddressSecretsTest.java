package org.align4j.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which parts of addresses are told, in all the ways in which people write them. */
class AddressSecretsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://host:8000/score | http://host:8000/score",
                "http://user:S3CRET@host/score | http://…@host/score",
                "http://S3CRET@host | http://…@host",
                "http://user:S3@C/R?E#T@host/x | http://…@host/x",
                "http://user:p'S3CRET@host/x | http://…@host/x",
                "http://user:S3CRET@ho st | http://…@ho st",
                "http://user%3AS3CRET%40host/x | http://…%40host/x",
                "http://host/s?token=S3CRET | http://host/s?token=…",
                "http://host/s?token=hunter | http://host/s?token=…",
                "http://host/s?t=S3CRET&n=3 | http://host/s?t=…&n=3",
                "http://host/s?n=3&%74oken=hunter | http://host/s?n=3&%74oken=…",
                "http://host/s?a=1;token=S3CRET | http://host/s?a=…",
                "http://host/s#access_token=S3CRET | http://host/s#access_token=…",
                "https://host/v1?api-version=2024-02-15-preview#gpt-4o | https://host/v1?api-version=2024-02-15-preview#gpt-4o",
                "https://host/v1#org/name@main | https://host/v1#org/name@main",
                "http://host/s?mode=fast&norm=true&n=0.5 | http://host/s?mode=fast&norm=true&n=0.5",
                "reward is http://u:S3CRET@h/s, which is wrong. | reward is http://…@h/s, which is wrong.",
                "reward is http://h/s?key=S3CRET, which is wrong. | reward is http://h/s?key=…, which is wrong.",
                "[http://h?key=S3CRET,http://u:S3CRET@g] | [http://h?key=…,http://…@g]",
                "{\"a\":\"http://h?key=S3CRET\",\"b\":\"c@d\"} | {\"a\":\"http://h?key=…\",\"b\":\"c@d\"}",
                "openai:user:S3CRET@host/v1#m | openai:…@host/v1#m",
                "spark://u:S3CRET@h:7077 | spark://…@h:7077",
                "write to a@b.org, hf:org/name@rev, C:\\x@y | write to a@b.org, hf:org/name@rev, C:\\x@y"
            })
    void whatMayBeSecretIsTakenOutOfTexts(String text, String told) {
        assertThat(AddressSecrets.removed(text)).isEqualTo(told);
        assertThat(AddressSecrets.removed(told)).as("again").isEqualTo(told);
        assertThat(new InputException(text)).hasMessage(told);
        assertThat(new RunException(text, new Exception())).hasMessage(told);
    }

    @Test
    void whatAServerRepeatsOfAQueryIsTakenOut() {
        String answer = "Cannot POST /s?n=3&token=S3%2FCRET (S3/CRET)";
        assertThat(AddressSecrets.removedFrom(answer, "http://h/s?n=3&token=S3%2FCRET"))
                .isEqualTo("Cannot POST /s?n=3&token=… (…)");
        assertThat(AddressSecrets.removedFrom(answer, "http://h/s?n=3")).isEqualTo(answer);
    }

    /** What marks a password as one must not be cut off first. */
    @Test
    void longOnesAreShortenedAfterwards() {
        String address = "http://user:" + "S3CRET".repeat(90) + "@host/score";
        assertThat(List.of(Shortened.of(address), Shortened.path(address))).containsOnly("http://…@host/score");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://h/s?token=x", "http://h/s?a=1&API_KEY=x", "http://h/s?v=a1b2c3d4", "http://h/s?q=%20x"})
    void aParameterThatMayBeSecretIsFound(String address) {
        assertThat(AddressSecrets.parameter(address)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h/s",
                "http://h/s?n=3&mode=very-fast",
                "http://h/s?api-version=2024-02-01",
                "http://h/s?model=llama3-8b",
                "http://h/s?empty="
            })
    void oneThatIsNoneIsNot(String address) {
        assertThat(AddressSecrets.parameter(address)).isNull();
    }
}
