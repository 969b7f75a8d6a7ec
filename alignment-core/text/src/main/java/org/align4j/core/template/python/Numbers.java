package org.align4j.core.template.python;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;

/** Python's operators between values: {@code + - * / // % **} and the signs. Integers are as big as they need be. */
public final class Numbers {
    private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final int MAX_BITS = 100_000;

    private Numbers() {}

    /** An integer in its only form: a Long where it fits. */
    public static Object normal(BigInteger value) {
        if (value.bitLength() > MAX_BITS) {
            throw new PythonError("LimitError", "an integer has more than " + MAX_BITS + " bits");
        }
        return value.compareTo(MIN) >= 0 && value.compareTo(MAX) <= 0 ? (Object) value.longValue() : value;
    }

    /** Whether a value is an int (a bool is not, here). */
    public static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger;
    }

    /** Whether a value counts as an int in arithmetic: int or bool. */
    public static boolean isIntegral(Object value) {
        return isInteger(value) || value instanceof Boolean;
    }

    /** Whether a value is an int, bool or float. */
    public static boolean isNumber(Object value) {
        return isIntegral(value) || value instanceof Double;
    }

    public static BigInteger big(Object value) {
        if (value instanceof BigInteger integer) {
            return integer;
        }
        return value instanceof Boolean bool
                ? (bool ? BigInteger.ONE : BigInteger.ZERO)
                : BigInteger.valueOf((Long) value);
    }

    /** A number as a float. */
    public static double real(Object value) {
        if (value instanceof Double number) {
            return number;
        }
        double real = big(value).doubleValue();
        if (Double.isInfinite(real)) {
            throw new PythonError("OverflowError", "int too large to convert to float");
        }
        return real;
    }

    /** An int, bool or (by {@code __index__} of those) place as a Java int, held within Java's bounds. */
    public static int index(Object value) {
        return big(value)
                .max(BigInteger.valueOf(-Integer.MAX_VALUE))
                .min(BigInteger.valueOf(Integer.MAX_VALUE))
                .intValue();
    }

    /** Computes {@code left + right}. */
    public static Object add(Object left, Object right, Budget budget) {
        if (isNumber(left) && isNumber(right)) {
            return isIntegral(left) && isIntegral(right)
                    ? normal(big(left).add(big(right)))
                    : (Object) (real(left) + real(right));
        }
        Object joined = Sequences.joined(left, right, budget);
        if (joined != null) {
            return joined;
        }
        refuseUndefined(left, right);
        if (Values.isText(left)) {
            throw PythonError.type("can only concatenate str (not \"" + Values.typeName(right) + "\") to str");
        }
        if (left instanceof List) {
            throw PythonError.type("can only concatenate list (not \"" + Values.typeName(right) + "\") to list");
        }
        throw unsupported("+", left, right);
    }

    /** Computes {@code left - right}. */
    public static Object subtract(Object left, Object right) {
        require("-", left, right);
        return isIntegral(left) && isIntegral(right)
                ? normal(big(left).subtract(big(right)))
                : (Object) (real(left) - real(right));
    }

    /** Computes {@code left * right}. */
    public static Object multiply(Object left, Object right, Budget budget) {
        if (isNumber(left) && isNumber(right)) {
            return isIntegral(left) && isIntegral(right)
                    ? normal(big(left).multiply(big(right)))
                    : (Object) (real(left) * real(right));
        }
        if (isIntegral(right) && Sequences.repeats(left)) {
            return Sequences.repeat(left, index(right), budget);
        }
        if (isIntegral(left) && Sequences.repeats(right)) {
            return Sequences.repeat(right, index(left), budget);
        }
        refuseUndefined(left, right);
        if (Sequences.repeats(left) || Sequences.repeats(right)) {
            throw PythonError.type("can't multiply sequence by non-int of type '"
                    + Values.typeName(Sequences.repeats(left) ? right : left) + "'");
        }
        throw unsupported("*", left, right);
    }

    /** {@code left / right}, always a float. */
    public static Object divide(Object left, Object right) {
        require("/", left, right);
        if (real(right) == 0) {
            throw new PythonError("ZeroDivisionError", "division by zero");
        }
        if (left instanceof BigInteger || right instanceof BigInteger) {
            return new BigDecimal(big(left), MathContext.UNLIMITED)
                    .divide(new BigDecimal(big(right)), MathContext.DECIMAL128)
                    .doubleValue();
        }
        return real(left) / real(right);
    }

    /** {@code left // right}: rounded down. */
    public static Object floorDivide(Object left, Object right) {
        require("//", left, right);
        if (isIntegral(left) && isIntegral(right)) {
            return normal(big(left).subtract(modulo(big(left), big(right))).divide(big(right)));
        }
        if (real(right) == 0) {
            throw new PythonError("ZeroDivisionError", "float floor division by zero");
        }
        double rest = modulo(real(left), real(right));
        return Math.rint((real(left) - rest) / real(right));
    }

    /** {@code left % right} of numbers: has the sign of the right side. */
    public static Object modulo(Object left, Object right) {
        require("%", left, right);
        return isIntegral(left) && isIntegral(right)
                ? normal(modulo(big(left), big(right)))
                : (Object) modulo(real(left), real(right));
    }

    private static BigInteger modulo(BigInteger left, BigInteger right) {
        if (right.signum() == 0) {
            throw new PythonError("ZeroDivisionError", "integer division or modulo by zero");
        }
        BigInteger rest = left.mod(right.abs());
        return right.signum() < 0 && rest.signum() != 0 ? rest.add(right) : rest;
    }

    private static double modulo(double left, double right) {
        if (right == 0) {
            throw new PythonError("ZeroDivisionError", "float modulo");
        }
        double rest = left % right;
        if (rest != 0 && (rest < 0) != (right < 0)) {
            return rest + right;
        }
        return rest == 0 ? Math.copySign(0.0, right) : rest;
    }

    /** Computes {@code left ** right}. */
    public static Object power(Object left, Object right, Budget budget) {
        require("** or pow()", left, right);
        if (isIntegral(left) && isIntegral(right) && big(right).signum() >= 0) {
            long bits = (long) big(left).abs().bitLength() * index(right);
            if (bits > MAX_BITS && big(left).abs().bitLength() > 1) {
                throw new PythonError("LimitError", "an integer has more than " + MAX_BITS + " bits");
            }
            budget.spend(bits / 64 + 1);
            boolean one = big(left).abs().bitLength() <= 1;
            int exponent = one ? (big(right).signum() == 0 ? 0 : 2 - (big(right).testBit(0) ? 1 : 0)) : index(right);
            return normal(big(left).pow(exponent));
        }
        double base = real(left);
        double exponent = real(right);
        if (base == 0 && exponent < 0) {
            throw new PythonError("ZeroDivisionError", "0.0 cannot be raised to a negative power");
        }
        double result = Math.pow(base, exponent);
        if (Double.isNaN(result) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
            throw PythonError.value("complex numbers are not supported");
        }
        if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
            throw new PythonError("OverflowError", "(34, 'Numerical result out of range')");
        }
        return result;
    }

    /** Computes {@code -value}. */
    public static Object negate(Object value) {
        if (value instanceof Double number) {
            return -number;
        }
        if (isIntegral(value)) {
            return normal(big(value).negate());
        }
        throw badOperand("-", value);
    }

    /** Computes {@code +value}. */
    public static Object plus(Object value) {
        if (value instanceof Double) {
            return value;
        }
        if (isIntegral(value)) {
            return normal(big(value));
        }
        throw badOperand("+", value);
    }

    private static PythonError badOperand(String sign, Object value) {
        return value instanceof Undefined undefined
                ? undefined.error()
                : PythonError.type("bad operand type for unary " + sign + ": '" + Values.typeName(value) + "'");
    }

    private static void require(String operator, Object left, Object right) {
        if (!isNumber(left) || !isNumber(right)) {
            refuseUndefined(left, right);
            throw unsupported(operator, left, right);
        }
    }

    private static void refuseUndefined(Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
    }

    private static PythonError unsupported(String operator, Object left, Object right) {
        return PythonError.type("unsupported operand type(s) for " + operator + ": '" + Values.typeName(left)
                + "' and '" + Values.typeName(right) + "'");
    }
}
