import { ChangePassword } from "./ChangePassword";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";

/** What keeps the login its owner's. */
export function Security() {
  return (
    <div className="sections-body">
      <SecondFactor />
      <ChangePassword />
      <Sessions />
    </div>
  );
}
