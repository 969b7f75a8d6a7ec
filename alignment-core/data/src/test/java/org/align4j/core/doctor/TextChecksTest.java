package org.align4j.core.doctor;

import static org.align4j.core.doctor.Logged.pair;
import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.doctor.InjectedLog.Row;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of other languages, personal data, answers that are cut and characters that are broken. */
class TextChecksTest {
    private static final List<String> FOREIGN = List.of(
            "Gestern sind wir mit dem Zug in die Berge gefahren, weil das Wetter endlich wieder besser war. Am"
                    + " Nachmittag haben wir in einem kleinen Gasthaus gegessen und lange mit den Wirtsleuten gesprochen,"
                    + " die seit vielen Jahren dort leben. Auf dem Rückweg mussten wir uns beeilen, denn der letzte Zug"
                    + " fährt schon um sechs Uhr ab.",
            "Hier, nous sommes partis en train vers la montagne parce que le temps était enfin redevenu agréable. Dans"
                    + " l'après-midi, nous avons mangé dans une petite auberge et parlé longtemps avec les propriétaires,"
                    + " qui y vivent depuis de nombreuses années. Au retour, il a fallu se dépêcher, car le dernier train"
                    + " part à six heures.",
            "Ayer fuimos en tren a las montañas porque por fin volvió a hacer buen tiempo. Por la tarde comimos en una"
                    + " pequeña posada y hablamos mucho con los dueños, que viven allí desde hace muchos años. A la vuelta"
                    + " tuvimos que darnos prisa, porque el último tren sale a las seis de la tarde y no queríamos pasar"
                    + " la noche allí.",
            "Ieri siamo andati in montagna con il treno perché finalmente il tempo era tornato bello. Nel pomeriggio"
                    + " abbiamo mangiato in una piccola locanda e parlato a lungo con i proprietari, che vivono lì da"
                    + " molti anni. Al ritorno abbiamo dovuto fare in fretta, perché l'ultimo treno parte già alle sei di"
                    + " sera.",
            "Вчера мы поехали на поезде в горы, потому что погода наконец снова стала хорошей. Днём мы пообедали в"
                    + " маленькой гостинице и долго разговаривали с хозяевами, которые живут там уже много лет. На"
                    + " обратном пути нам пришлось поторопиться, потому что последний поезд уходит уже в шесть часов"
                    + " вечера.",
            "昨天天气终于好转，我们坐火车去了山里。下午我们在一家小旅馆吃了饭，并和在那里住了很多年的店主聊了很久。回来的路上我们不得不"
                    + "赶时间，因为最后一班火车六点钟就开了。我们到家的时候已经很晚了，但是大家都觉得这一天过得非常愉快。",
            "Wczoraj pojechaliśmy pociągiem w góry, ponieważ pogoda wreszcie się poprawiła. Po południu zjedliśmy"
                    + " obiad w małej gospodzie i długo rozmawialiśmy z właścicielami, którzy mieszkają tam od wielu lat."
                    + " W drodze powrotnej musieliśmy się spieszyć, bo ostatni pociąg odjeżdża już o szóstej wieczorem.");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void foreignRowsAreFoundAndNoOthers(long seed) {
        InjectedLog log = new InjectedLog(seed, 300);
        for (int n = 0; n < 21; n++) {
            Row row = log.take();
            String text = FOREIGN.get(n % FOREIGN.size());
            row.with("chosen", text);
            if (n % 2 == 0) {
                row.with("prompt", text).with("rejected", text.substring(0, text.length() / 2));
            }
            log.defect("language", row);
        }
        assertThat(InjectedLog.found(InjectedLog.examine(log.write(folder)), "language"))
                .isEqualTo(log.expected("language"));
    }

    @Test
    void theLanguageOfMostRowsIsNotForeign() {
        InjectedLog log = new InjectedLog(1, 20);
        log.rows()
                .subList(2, 20)
                .forEach(row -> row.with("chosen", FOREIGN.get(0)).with("rejected", FOREIGN.get(0)));
        log.defect("language", log.rows().get(0));
        log.defect("language", log.rows().get(1));
        log.rows()
                .subList(0, 2)
                .forEach(row -> row.with("chosen", row.text("chosen").repeat(4)));
        assertThat(InjectedLog.found(InjectedLog.examine(log.writeAsIs(folder.resolve("log.jsonl"))), "language"))
                .isEqualTo(log.expected("language"));
    }

    @Test
    void noisesAreNoLanguage() {
        InjectedLog log = new InjectedLog(1, 20);
        log.rows().get(3).with("chosen", "Ooh ooh ah ah! *giggle* ".repeat(20));
        assertThat(InjectedLog.found(InjectedLog.examine(log.writeAsIs(folder.resolve("log.jsonl"))), "language"))
                .isEmpty();
    }

    /** Data of each kind that were made up here, with valid check digits; and numbers that are nobody's. */
    @Test
    void personalDataAreFoundAndOrdinaryNumbersAreNot() {
        Random random = new Random(1);
        List<String> missed = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (int n = 0; n < 40; n++) {
            for (String secret : secrets(random)) {
                String text = "You can use " + secret + " if you need it, said Ann on Monday.";
                if (Secrets.find(text).size() != 1
                        || !Secrets.mask(text).matches("You can use \\[[a-z-]+] if you need.*")) {
                    missed.add(secret);
                }
            }
            for (String harmless : harmless(random)) {
                if (!Secrets.find("It says " + harmless + " there, and that is all.")
                        .isEmpty()) {
                    wrong.add(harmless);
                }
            }
        }
        assertThat(missed).as("of 400").hasSizeLessThanOrEqualTo(8);
        assertThat(wrong).as("of 480").hasSizeLessThanOrEqualTo(20);
    }

    /** What is found, and what stands in its place in quoted texts. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "my number is 219-09-9999, keep it | my number is [ssn], keep it",
                "SSN: 219099999. | SSN: [ssn].",
                "her social security number is 219 09 9999 | her social security number is [ssn]",
                "log in from 84.17.60.9 at noon | log in from [ip] at noon",
                "http://84.17.60.9:8080/ answers | http://[ip]:8080/ answers",
                "ping 2001:db8:85a3::8a2e:370:7334 now | ping [ip] now",
                "my password is hunter2 | my password is [password]",
                "Password: Tr0ub4dor&3 | Password: [password]",
                "pwd='S3cret!x' | pwd='[password]'",
                "passwd = qwerty123; | passwd = [password];",
                "Server=db1;Uid=sa;Pwd=letmein;Timeout=5 | Server=db1;Uid=sa;Pwd=[password];Timeout=5",
                "use postgres://shop:letmein@db.example.com/orders | use"
                        + " postgres://shop:[password]@db.example.com/orders",
                "redis://:topsecret@cache:6379 | redis://:[password]@cache:6379",
                "write to jane.doe [at] example.com please | write to [e-mail] please",
                "jane (at) example (dot) co (dot) uk | [e-mail]",
                "jane_d{AT}web.de | [e-mail]"
            })
    void newKindsAreFoundAndMasked(String text, String masked) {
        assertThat(Secrets.find(text)).hasSize(1);
        assertThat(Secrets.mask(text)).isEqualTo(masked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "part 000-12-3456, 666-12-3456, 900-12-3456 and 123-00-4567",
                "ISBN 1-219-09-9999-4",
                "127.0.0.1, 0.0.0.0, 10.1.2.3, 172.20.1.1, 192.168.1.1, 169.254.3.4 and 255.255.255.0",
                "version 12.34.56.78, v10.20.30.40 and section 1.2.3.4",
                "it is 12:30:45:10, and std::vector<int>::size",
                "password: the one that you chose",
                "your password is required here",
                "password = getpass.getpass()",
                "password=request.form",
                "password: ********",
                "password = ${DB_PASSWORD}",
                "a [at the end] of it",
                "see http://example.com:8080/a@b"
            })
    void whatLooksLikeThemIsLeftAlone(String text) {
        assertThat(Secrets.find(text)).isEmpty();
    }

    private static List<String> secrets(Random random) {
        String digits =
                String.valueOf(1_000_000_000_000_000L + Math.floorMod(random.nextLong(), 1_000_000_000_000_000L));
        return List.of(
                "ann" + random.nextInt(1000) + ".lee+news@mail.example" + random.nextInt(10) + ".co.uk",
                "x_" + random.nextInt(100) + "@web.de",
                "(" + (200 + random.nextInt(700)) + ") " + (200 + random.nextInt(700)) + "-"
                        + (1000 + random.nextInt(9000)),
                "+49 30 " + (1_000_000 + random.nextInt(8_000_000)),
                (200 + random.nextInt(700)) + "-" + (200 + random.nextInt(700)) + "-" + (1000 + random.nextInt(9000)),
                card("4" + digits.substring(1, 15)),
                card("5" + digits.substring(1, 15)).replaceAll("(\\d{4})(?=\\d)", "$1 "),
                iban(digits + "12"),
                "sk-" + letters(random, 48),
                "ghp_" + letters(random, 36));
    }

    private static List<String> harmless(Random random) {
        int year = 1900 + random.nextInt(120);
        return List.of(
                year + "-" + (year + 1),
                "2" + random.nextInt(9) + "." + (10 + random.nextInt(2)) + "." + year,
                "$" + (1 + random.nextInt(900)) + "," + (100 + random.nextInt(900)) + "," + (100 + random.nextInt(900)),
                "version 1." + random.nextInt(30) + "." + random.nextInt(30),
                "3.14159265358979",
                "192.168." + random.nextInt(256) + "." + random.nextInt(256),
                (10 + random.nextInt(80)) + " x " + (10 + random.nextInt(80)) + " = " + random.nextInt(6000),
                year + "-0" + (1 + random.nextInt(9)) + "-1" + random.nextInt(10) + " 10:30",
                "@ann and @bob" + random.nextInt(100),
                (1_000_000 + random.nextInt(9_000_000)) + " people",
                "page " + random.nextInt(1000) + ", lines " + (100 + random.nextInt(100)) + "-"
                        + (300 + random.nextInt(100)),
                "1 2 3 4 5 6 7 8 9 10");
    }

    private static String letters(Random random, int count) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.append("abcdefghijkLMNOPQRSTUVWXYZ0123456789".charAt(random.nextInt(36)));
        }
        return out.toString();
    }

    private static String card(String first) {
        for (int check = 0; check < 10; check++) {
            String number = first + check;
            int sum = 0;
            for (int i = 0; i < number.length(); i++) {
                int value = number.charAt(number.length() - 1 - i) - '0';
                sum += i % 2 == 0 ? value : value * 2 / 10 + value * 2 % 10;
            }
            if (sum % 10 == 0) {
                return number;
            }
        }
        throw new IllegalStateException(first);
    }

    /** A German account: 98 less the remainder of the number with DE00 at its end, D = 13 and E = 14. */
    private static String iban(String account) {
        int check = 98
                - new BigInteger(account + "131400").mod(BigInteger.valueOf(97)).intValue();
        return format("DE%02d%s", check, account).replaceAll("(.{4})(?=.)", "$1 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Here is how it goes. First you take the old paint off, then you sand the wood until it",
                "That depends. There are several kinds of them, such as those for gardens, those for balconies,",
            })
    void answersThatStopInASentenceAreCut(String answer) {
        assertThat(Logged.see(new CutAnswers(), 1, i -> pair(i, "p", answer, "b"))
                        .orElseThrow()
                        .count())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Here is how it goes. First you take the old paint off, then you sand the wood until it shines.",
                "Paris",
                "Take these things with you to the beach when you go there with children.\n- a towel\n- a hat\n- water",
                "You can write it so. There is no need for more than this one line in that file:\n```\nint i = 0\n```",
                "She said that she would come. Then she added one more thing about the weather: \"It will rain\"",
                "no full stops at all are used by this writer who seems to like it that way and so it ends here",
            })
    void answersThatEndAsTheyLikeAreNot(String answer) {
        assertThat(Logged.see(new CutAnswers(), 1, i -> pair(i, "p", answer, "b"))
                        .orElseThrow()
                        .count())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It\u00e2\u20ac\u2122s here",
                "na\u00c3\u00afve",
                "\u00d0\u00b4\u00d0\u00b0",
                "what\ufffd",
                "a\u0000b",
                "half \ud83d of it"
            })
    void brokenCharactersAreFound(String text) {
        assertThat(Logged.see(new Encoding(), 1, i -> pair(i, "p", text, "b"))
                        .orElseThrow()
                        .count())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It\u2019s na\u00efve \u2013 d\u00e9j\u00e0 vu",
                "\u0434\u0430",
                "\u4eca\u5929",
                "\ud83d\ude00 fine",
                "\u00c3O, S\u00c3O PAULO",
                "tab\tand\r\nlines"
            })
    void wholeCharactersAreNot(String text) {
        assertThat(Logged.see(new Encoding(), 1, i -> pair(i, "p", text, "b"))
                        .orElseThrow()
                        .count())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<p>First, open it.</p>",
                "One.<br/>Two.",
                "Tom &amp; Jerry",
                "It&#39;s here",
                "See <a href=\"https://example.org\">this</a>.",
                "<li>a</li>"
            })
    void htmlIsFound(String text) {
        Finding finding =
                Logged.see(new Encoding(), 1, i -> pair(i, "p", text, "b")).orElseThrow();
        assertThat(finding.count()).isEqualTo(1);
        assertThat(finding.figures()).containsEntry("html", 1L);
        assertThat(finding.level()).as("never red by itself").isEqualTo(Level.AMBER);
        assertThat(finding.advice()).contains("tags");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Use `<br>` for a line break.",
                "```\n<p>code</p>\n```",
                "In HTML, <p> opens a paragraph.",
                "if a<b and c>d, AT&T; R&D",
                "x <y> z"
            })
    void htmlThatIsMeantIsNot(String text) {
        assertThat(Logged.see(new Encoding(), 1, i -> pair(i, "p", text, "b"))
                        .orElseThrow()
                        .count())
                .isZero();
    }

    /** Answers of the demo, every eighth of which ends after a random word, as those do that reached a limit of tokens. */
    @Test
    void cutAnswersOfAFewSentencesAreFound() throws IOException {
        Random random = new Random(9);
        List<String> answers = new ArrayList<>();
        Set<Integer> cut = new TreeSet<>();
        for (String line : Files.readAllLines(Checkout.DEMO.resolve("train.jsonl"))) {
            String answer = new ObjectMapper()
                    .readTree(line)
                    .get("chosen")
                    .get(0)
                    .get("content")
                    .asText();
            String[] words = answer.split(" ");
            if (answers.size() % 8 == 0 && words.length > 5) {
                cut.add(answers.size());
                answer = String.join(" ", List.of(words).subList(0, 4 + random.nextInt(words.length - 4)));
            }
            answers.add(answer);
        }
        List<Integer> found = Logged.see(new CutAnswers(), answers.size(), i -> pair(i, "p", answers.get(i), "b"))
                .orElseThrow()
                .sightings()
                .stream()
                .map(Sighting::row)
                .toList();
        assertThat(cut).hasSizeGreaterThan(90);
        assertThat(cut).containsAll(found);
        assertThat((double) found.size() / cut.size()).isGreaterThan(0.6);
    }
}
