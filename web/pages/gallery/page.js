// The gallery is only links: no Python here. They keep the device that its address asks
// for.

import { say } from "../../shared/dialogs.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { become } from "../../shared/opening.js";

acceptDropsElsewhere(() => say("Open the Teach page to drop pictures there.", "bad"));
become("ready");
