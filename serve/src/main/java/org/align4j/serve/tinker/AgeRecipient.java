package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.align4j.core.error.Shortened;
import org.align4j.serve.door.Asked;

/**
 * Somebody whom files are encrypted to by age (age-encryption.org/v1, recipients of the kind X25519).
 *
 * @param key {@code [32]} the public key, as X25519 writes it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AgeRecipient(byte[] key) {
    private static final String CURVE = "X25519";
    private static final String PREFIX = "age";
    private static final String LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static final int[] CHECK = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    private static final int CHECK_LETTERS = 6;
    private static final int KEY_BYTES = 32;
    private static final int FILE_KEY_BYTES = 16;
    private static final int CHUNK = 64 << 10;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Reads what {@code age-keygen} prints as a public key.
     *
     * @throws org.align4j.web.Refusal 400 where it is none
     */
    static AgeRecipient read(String text) {
        String word = text.toLowerCase(Locale.ROOT);
        int[] values =
                word.chars().skip(PREFIX.length() + 1).map(LETTERS::indexOf).toArray();
        byte[] key = word.startsWith(PREFIX + "1") && isChecked(values) ? bytes(values) : new byte[0];
        if (key.length != KEY_BYTES) {
            throw Asked.refusal(
                    format(
                            "age_encryption_recipients holds %s, but must hold public keys of age such as age1…, 62 letters.",
                            Shortened.of(text)),
                    "age_encryption_recipients",
                    "invalid_value");
        }
        return new AgeRecipient(key);
    }

    /** Returns whether the last letters of a word are those that follow from the others (Bech32). */
    private static boolean isChecked(int[] values) {
        int sum = 1;
        for (int i = 0; i < PREFIX.length(); i++) {
            sum = step(sum, PREFIX.charAt(i) >> 5);
        }
        sum = step(sum, 0);
        for (int i = 0; i < PREFIX.length(); i++) {
            sum = step(sum, PREFIX.charAt(i) & 31);
        }
        for (int value : values) {
            if (value < 0) {
                return false;
            }
            sum = step(sum, value);
        }
        return sum == 1;
    }

    private static int step(int sum, int value) {
        int next = ((sum & 0x1ffffff) << 5) ^ value;
        for (int bit = 0; bit < CHECK.length; bit++) {
            if (((sum >> (25 + bit)) & 1) != 0) {
                next ^= CHECK[bit];
            }
        }
        return next;
    }

    private static byte[] bytes(int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate((values.length - CHECK_LETTERS) * 5 / 8);
        int held = 0;
        int bits = 0;
        for (int i = 0; i < values.length - CHECK_LETTERS; i++) {
            held = (held << 5) | values[i];
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes.put((byte) (held >> bits));
                held &= (1 << bits) - 1;
            }
        }
        return bytes.array();
    }

    /** Encrypts a file to some recipients, each of whom can read it; the plain one goes. */
    static void encrypt(Path file, List<AgeRecipient> recipients) throws IOException {
        Path encrypted = file.resolveSibling(file.getFileName() + ".age");
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = Files.newOutputStream(encrypted)) {
            byte[] fileKey = random(FILE_KEY_BYTES);
            StringBuilder head = new StringBuilder("age-encryption.org/v1\n");
            for (AgeRecipient recipient : recipients) {
                head.append(recipient.stanza(fileKey));
            }
            head.append("---");
            byte[] sum = mac(derived(fileKey, new byte[0], "header"), utf8(head.toString()));
            out.write(utf8(head + " " + base64(sum) + "\n"));
            byte[] nonce = random(FILE_KEY_BYTES);
            out.write(nonce);
            writeBody(in, out, derived(fileKey, nonce, "payload"));
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java can't encrypt by age: " + e.getMessage(), e);
        }
        Files.delete(file);
    }

    private static void writeBody(InputStream in, OutputStream out, byte[] key)
            throws IOException, GeneralSecurityException {
        byte[] chunk = in.readNBytes(CHUNK);
        for (long number = 0; ; number++) {
            byte[] next = in.readNBytes(CHUNK);
            byte[] nonce = ByteBuffer.allocate(12)
                    .putLong(3, number)
                    .put(11, (byte) (next.length == 0 ? 1 : 0))
                    .array();
            out.write(sealed(key, nonce, chunk));
            if (next.length == 0) {
                return;
            }
            chunk = next;
        }
    }

    /** Wraps the file's key to this recipient. */
    private String stanza(byte[] fileKey) throws GeneralSecurityException {
        KeyPair own = KeyPairGenerator.getInstance(CURVE).generateKeyPair();
        KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
        agreement.init(own.getPrivate());
        agreement.doPhase(publicKey(), true);
        byte[] share = littleEndian(((XECPublicKey) own.getPublic()).getU());
        byte[] salt = ByteBuffer.allocate(2 * KEY_BYTES).put(share).put(key).array();
        byte[] wrapping = derived(agreement.generateSecret(), salt, "age-encryption.org/v1/" + CURVE);
        return "-> " + CURVE + " " + base64(share) + "\n" + base64(sealed(wrapping, new byte[12], fileKey)) + "\n";
    }

    private PublicKey publicKey() throws GeneralSecurityException {
        byte[] reversed = reversed(key);
        reversed[0] &= 0x7f;
        return KeyFactory.getInstance(CURVE)
                .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, reversed)));
    }

    private static byte[] littleEndian(BigInteger number) {
        byte[] big = number.toByteArray();
        byte[] padded = new byte[KEY_BYTES];
        int count = Math.min(big.length, KEY_BYTES);
        System.arraycopy(big, big.length - count, padded, KEY_BYTES - count, count);
        return reversed(padded);
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] other = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            other[i] = bytes[bytes.length - 1 - i];
        }
        return other;
    }

    private static byte[] sealed(byte[] key, byte[] nonce, byte[] plain) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        return cipher.doFinal(plain);
    }

    /** Derives a key by HKDF with SHA-256. */
    private static byte[] derived(byte[] secret, byte[] salt, String purpose) throws GeneralSecurityException {
        byte[] extracted = mac(salt.length == 0 ? new byte[KEY_BYTES] : salt, secret);
        return mac(extracted, utf8(purpose + "\1"));
    }

    private static byte[] mac(byte[] key, byte[] bytes) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(bytes);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
