import { t } from "../../i18n/translate";
import { dismissToast, type Toast, type ToastTone, useToasts } from "../../state/toasts";
import { Cross } from "../../ui/Dialog";

const MARK: Record<ToastTone, string> = { plain: "", buy: "▲", sell: "▼", warning: "!" };

async function takeBack(toast: Toast): Promise<void> {
  const { undo } = await import("../../state/undo");
  await undo(toast);
}

/** Fills and outcomes. The live region is always there, so that screen readers hear what enters it. */
export function Notices() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <section className="notices" aria-label={t("notice.region")}>
      <div role="log" aria-live="polite" aria-relevant="additions">
        {toasts.map((toast) => (
          <div key={toast.id} className={`notice notice-${toast.tone}`}>
            {MARK[toast.tone] !== "" && (
              <span className="notice-mark" aria-hidden="true">
                {MARK[toast.tone]}
              </span>
            )}
            <span className="notice-text">{toast.text}</span>
            {toast.undo !== undefined && (
              <button type="button" className="row-button" onClick={() => void takeBack(toast)}>
                {t(`undo.${toast.undo.what}`)}
              </button>
            )}
            <button
              type="button"
              className="icon-button"
              aria-label={t("notice.dismiss")}
              onClick={() => dismissToast(toast.id)}
            >
              <Cross />
            </button>
          </div>
        ))}
      </div>
    </section>
  );
}
