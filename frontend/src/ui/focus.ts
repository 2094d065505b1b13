/** As the ref of a form that takes the place of another: typing goes on in its first field. */
export function focusFirst(form: HTMLElement | null): void {
  form?.querySelector<HTMLElement>("input")?.focus();
}
