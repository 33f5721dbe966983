// The gallery is only links: no Python here. They keep the device that its address asks
// for.

import { become } from "../../shared/opening.js";

become("ready");
