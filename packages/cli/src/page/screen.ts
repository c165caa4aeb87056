/** What the page can show, as the views of a terminal ask it: any width, and more than ASCII. */
import type { Terminal } from '../view/terminal.js';

export const SCREEN: Terminal = { columns: null, hasColour: false, hasUnicode: true };
