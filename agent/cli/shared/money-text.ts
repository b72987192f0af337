/** Minor units as ISO 4217 divides the currency: piasters of EGP as `12.60 EGP`. Without a currency the number as it is. */
export function moneyText(currency: string | null): (minor: number) => string {
  if (currency === null) return (minor) => String(minor);
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return (minor) => {
    const text = String(Math.abs(minor)).padStart(digits + 1, '0');
    const whole = text.slice(0, text.length - digits);
    const part = digits === 0 ? '' : `.${text.slice(text.length - digits)}`;
    return `${minor < 0 ? '-' : ''}${whole}${part} ${currency}`;
  };
}
