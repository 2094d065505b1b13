interface Props {
  /** Why something could not be loaded; null: it could. */
  refusal: string | null;
  retry: string;
  onRetry: () => Promise<void>;
}

/** That something could not be loaded, and the way to try again. The live region is always there. */
export function LoadFailure({ refusal, retry, onRetry }: Props) {
  return (
    <div className="load-failure" role="status">
      {refusal !== null && (
        <p className="problem">
          {refusal}{" "}
          <button type="button" className="link" onClick={() => void onRetry()}>
            {retry}
          </button>
        </p>
      )}
    </div>
  );
}
