package org.align4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetectedLanguageTest {
    private final DetectedLanguage detected = new DetectedLanguage();

    /** Persian, Mandarin and Punjabi have another code of three letters in the model than the language as a whole. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "en | The otter swam to the boat and it was not far from there.",
                "de | Der Garten liegt still hinter dem Haus, und am Abend hört man nur noch die Vögel.",
                "fa | هر روز صبح مادرم نان تازه می‌خرد و برای ما چای داغ درست می‌کند.",
                "zh | 每天早上我妈妈都会买新鲜的面包，并为我们泡热茶，然后我们一起去学校。",
                "he | בכל בוקר האופה פותח את החנות הקטנה שלו והרחוב מתמלא בריח של לחם טרי.",
                "ko | 매일 아침 어머니는 신선한 빵을 사고 우리를 위해 따뜻한 차를 끓여 주십니다.",
            })
    void aLanguageHasItsCodeOfTwoLetters(String code, String text) {
        assertThat(detected.of(text)).isEqualTo(code);
    }

    @Test
    void capitalsAreReadAsSmallLettersAre() {
        assertThat(detected.of("EVERY MORNING MY MOTHER BUYS FRESH BREAD AND MAKES TEA."))
                .isEqualTo("en");
        assertThat(detected.of("MI ABUELA COCINA TODOS LOS DOMINGOS UNA SOPA DE VERDURAS."))
                .isEqualTo("es");
    }

    @Test
    void aTextWithoutLettersHasNone() {
        assertThat(detected.of("42, 3.5! 🙂")).isNull();
        assertThat(detected.of("")).isNull();
    }
}
